from usage.queries.panels.registry import PANELS
from usage.web.panels import panel_paths

urlpatterns = panel_paths(PANELS)
