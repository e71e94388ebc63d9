"""A site with two projects and their people, as tests need it."""

from contextlib import contextmanager
from dataclasses import dataclass, field

import flywheel

from tests.flywheel_site import Running, Site, serving
from tests.flywheel_site.__main__ import with_people
from tests.flywheel_site.site import Document


@dataclass(frozen=True)
class Lab:
    """A site with two projects and their people."""

    running: Running
    source: Document
    destination: Document
    keys: dict[str, str]
    clients: list[flywheel.Client] = field(default_factory=list)

    @property
    def site(self):
        return self.running.site

    def client(self, who="owner"):
        secret = self.keys.get(who, who)
        client = flywheel.Client(self.running.api_key(secret), disable_auth_check=True)
        self.clients.append(client)
        return client


@contextmanager
def open_lab(*, signed_urls=True):
    site = Site(signed_urls=signed_urls)
    site.add_container("group", None, {"label": "Lab"}, "lab")
    source = site.add_container("project", "lab", {"label": "Source"})
    destination = site.add_container("project", "lab", {"label": "Destination"})
    keys = with_people(site)
    with serving(site) as running:
        opened = Lab(running, source, destination, keys)
        yield opened
        for client in opened.clients:
            client.api_client.rest_client.client.close()  # the SDK leaves its connections open
