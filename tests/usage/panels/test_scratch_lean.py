import os, re
import pytest
from django.test import override_settings
from time_machine import travel
from tests.billing.issued import NOW
from tests.usage.panels.statement_scene import set_statement_scene
from tests.usage.panels.test_statements import statements
pytestmark = pytest.mark.django_db

def test_scratch(cast):
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        scene = set_statement_scene(cast)
        for line in os.environ["ASK"].split():
            role, what = line.split(":", 1)
            print("=====", role, what)
            for i, sql in enumerate(statements(scene, role, what), 1):
                sql = re.sub(r'SELECT (.*?) FROM', lambda m: 'SELECT %s FROM' % (m[1][:90]), sql, flags=re.S)
                print(i, sql[:420].replace('\n',' '))
