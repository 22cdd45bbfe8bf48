"""The labelling page as a listener uses it."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Annotating:
    """The page at ``/annotate``, open."""

    page: Page

    def open(self, user: str, more: str = "") -> "Annotating":
        """Go to the page and wait for the first question."""
        self.page.goto(f"/annotate?user={user}{more}")
        return self.until("listening")

    def open_at(self, user: str) -> "Annotating":
        """Go to the page where nothing has to be heard, and wait until an answer is possible."""
        self.page.goto(f"/annotate?user={user}")
        return self.until("open")

    def until(self, phase: str) -> "Annotating":
        """Wait until the flow has come so far."""
        expect(self.page.locator("#asking")).to_have_attribute("data-phase", phase)
        return self

    def listen(self) -> "Annotating":
        """Play until an answer is possible; after the first question it plays by itself."""
        self.until_asked()
        if self.page.locator("#play").get_attribute("aria-label") == "Play":
            self.page.locator("#play").click()
        return self.until("open")

    def until_asked(self) -> "Annotating":
        """Wait until there is a question that is not answered."""
        self.page.wait_for_selector(
            "#asking[data-phase=listening] #play:enabled, #asking[data-phase=open] #play:enabled"
        )
        return self

    def at(self, valence: float, arousal: float) -> tuple[float, float]:
        """Return where on the screen a point of the plane is, in pixels."""
        ground = self.page.locator("#plane .ground")
        ground.scroll_into_view_if_needed()
        box = ground.bounding_box()
        assert box is not None
        return (
            box["x"] + (valence + 1) / 2 * box["width"],
            box["y"] + (1 - arousal) / 2 * box["height"],
        )

    def answer(self, valence: float, arousal: float) -> "Annotating":
        """Press a point of the plane with the mouse."""
        self.page.mouse.click(*self.at(valence, arousal))
        return self.until("answered")

    def tap(self, valence: float, arousal: float) -> "Annotating":
        """Press a point of the plane with a finger."""
        self.page.touchscreen.tap(*self.at(valence, arousal))
        return self.until("answered")

    def next(self) -> "Annotating":
        """Go on, and wait for the question."""
        self.page.locator("#next").click()
        return self.until_asked()

    def sent(self) -> "Annotating":
        """Wait until nothing waits to be sent."""
        self.page.wait_for_function(
            "() => !Object.keys(localStorage).some((name) => name.startsWith('attune.outbox.'))"
        )
        return self

    @property
    def said(self) -> str:
        """What is told beside the plane."""
        return self.page.locator("#said").inner_text()
