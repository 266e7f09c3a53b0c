"""Makes the tables and the people of the comparison; prints what a client needs as one line of JSON."""

import json

import django


def prepare() -> dict[str, object]:
    """A token, and the ids of members, projects and models by their names."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from rest_framework.authtoken.models import Token

    from benchmarks.drf_yardstick.models import LlmModel, Member, Project
    from benchmarks.sample import MEMBERS, MODELS, PROJECTS

    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    members = Member.objects.bulk_create(Member(external_id=f"member-{i:03d}") for i in range(MEMBERS))
    projects = Project.objects.bulk_create(Project(external_id=f"project-{i}") for i in range(PROJECTS))
    models = LlmModel.objects.bulk_create(
        LlmModel(name=name, input_price="0.0000025", output_price="0.00001")
        for _provider, name, _share in MODELS
    )
    return {
        "token": Token.objects.create(user=User.objects.create(username="benchmark")).key,
        "members": {row.external_id: row.pk for row in members},
        "projects": {row.external_id: row.pk for row in projects},
        "models": {row.name: row.pk for row in models},
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(prepare()))
