"""The user with a browser: keeps cookies, follows redirects one by one, fills in the forms of sign-in pages.

The pages are well-formed XML as well as HTML, so the standard library can read them. No script is run.
"""

from urllib.parse import urljoin
from xml.etree import ElementTree

import requests

# More pages than this are a loop.
MOST_PAGES = 12
GOING_ON = ("sign-in", "allow", "continue", "sign-out")


class Stuck(Exception):
    """What a user sees instead of being sent to the client."""

    def __init__(self, response):
        super().__init__(f"{response.url} answered {response.status_code}: {response.text}")
        self.status = response.status_code


class Browser:
    """A browser with a profile of its own."""

    def __init__(self, username="alice", password="wonderland"):
        self.session = requests.Session()
        self.typed = {"username": username, "password": password}

    def log_in(self, url, redirect_uri):
        """Opens an address, signs in and approves where that is asked for.

        Returns the request by which the client is called back: its address, and the form if it is posted.
        """
        method, form = "GET", None
        for _ in range(MOST_PAGES):
            if url.split("?")[0] == redirect_uri:
                return url, form
            response = self.session.request(method, url, data=form, allow_redirects=False)
            if response.status_code in (302, 303):
                method, url, form = "GET", urljoin(url, response.headers["location"]), None
            else:
                method, url, form = "POST", *self.press(response)
        raise AssertionError(f"after {MOST_PAGES} pages there is still another: {url}")

    def press(self, response):
        """Fills in the page and presses its button: where the form goes, and what it holds."""
        if response.status_code != 200:
            raise Stuck(response)
        page = ElementTree.fromstring(response.text)
        button = next((b for b in page.iter("button") if b.get("id") in GOING_ON), None)
        if button is None or page.find(".//*[@role='alert']") is not None:
            raise Stuck(response)
        form = next(f for f in page.iter("form") if f.get("id") == button.get("form") or button in f.iter("button"))
        boxes = [i for i in form.iter("input") if i.get("type") != "checkbox" or i.get("checked")]
        pairs = [(i.get("name"), self.typed.get(i.get("name"), i.get("value", ""))) for i in boxes]
        if button.get("name"):
            pairs.append((button.get("name"), button.get("value")))
        return urljoin(response.url, form.get("action")), pairs
