"""Makes people and organizations for tests."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from teams.enums import KeyScope
from teams.models import Department, Member, Organization, Project, User
from teams.services.keys import NewApiKey, create_api_key
from teams.services.organizations import FIRST_MONTH

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda number: f"user{number}@example.com")
    full_name = factory.Sequence(lambda number: f"User {number}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        return model_class.objects.create_user(password=fields.pop("password", PASSWORD), **fields)


class OrganizationFactory(DjangoModelFactory[Organization]):
    class Meta:
        model = Organization
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Organization {number}")
    slug = factory.Sequence(lambda number: f"organization-{number}")

    @factory.post_generation
    def time_zone(self: Organization, create: bool, given: str | None, **_: Any) -> None:
        self.zones.create(time_zone=given or "UTC", valid_from=FIRST_MONTH)


class DepartmentFactory(DjangoModelFactory[Department]):
    class Meta:
        model = Department

    organization = factory.SubFactory(OrganizationFactory)
    external_id = factory.Sequence(lambda number: f"department-{number}")
    name = factory.Sequence(lambda number: f"Department {number}")


class ProjectFactory(DjangoModelFactory[Project]):
    class Meta:
        model = Project

    organization = factory.SubFactory(OrganizationFactory)
    external_id = factory.Sequence(lambda number: f"project-{number}")
    name = factory.Sequence(lambda number: f"Project {number}")


class MemberFactory(DjangoModelFactory[Member]):
    class Meta:
        model = Member

    organization = factory.SubFactory(OrganizationFactory)
    external_id = factory.Sequence(lambda number: f"member-{number}")
    name = factory.Sequence(lambda number: f"Member {number}")


def make_api_key(organization: Organization, *scopes: KeyScope, **fields: Any) -> NewApiKey:
    """A key with its secret; without ``scopes`` it opens everything."""
    return create_api_key(
        organization=organization, name=fields.pop("name", "Key"), scopes=scopes or list(KeyScope), **fields
    )
