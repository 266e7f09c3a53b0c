"""Where charges and the use of tools lie, as far as a reader's filter and the viewer's rights let them through."""

from collections.abc import Mapping
from typing import Final

from usage.panels.sources import Source
from usage.panels.tables import COLUMNS, Place, place_of
from usage.panels.vocabulary import Dimension
from usage.queries.panels.reader import PanelReader

CHARGE_COLUMNS: Final[Mapping[Dimension, str]] = {
    dimension: COLUMNS[dimension]
    for dimension in (Dimension.MODEL, Dimension.FEATURE, Dimension.DEPARTMENT, Dimension.PROJECT)
}
TOOL_COLUMNS: Final[Mapping[Dimension, str]] = {
    Dimension.TOOL: "tool",
    **{
        dimension: COLUMNS[dimension]
        for dimension in (Dimension.DEPARTMENT, Dimension.PROJECT, Dimension.MODEL)
    },
}


def charges_place(reader: PanelReader) -> Place:
    """Charges, also by "price" and "rate"."""
    return place_of(
        daily="charge_daily",
        monthly="usage_month_charges",
        columns={**CHARGE_COLUMNS, "price": "price_id", "rate": "rate_id"},
        beyond=(Dimension.FEATURE, Dimension.PROJECT),
        visible=reader.visible,
        chosen=reader.chosen,
    )


def tools_place(reader: PanelReader) -> Place:
    """The use of tools."""
    return place_of(
        daily=Source.TOOLS.value,
        monthly="usage_month_tools",
        columns=TOOL_COLUMNS,
        beyond=(Dimension.PROJECT,),
        visible=reader.visible,
        chosen=reader.chosen,
    )
