"""What the clerk's pages have in common."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.web.pages.form_fields import FormField, TextField, post_form
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Attribute, Html, element, hidden_field, join
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.texts import Texts


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of a clerk who is signed in. `token`: proves that a form is from one of his own pages.
    `new_key`: of what this page may do, the same for a second click. `problem`: why the last thing
    was not done, None where it was."""

    frame: Frame
    words: Texts
    token: str
    new_key: str
    problem: str | None = None
    problem_status: int = 409

    def form(self, action: str, button: str, *fields: FormField, owed: int | None = None) -> Html:
        """`owed`: what the page says is to be paid."""
        hidden = [hidden_field("form_token", self.token), hidden_field("key", self.new_key)]
        if owed is not None:
            hidden.append(hidden_field("owed", str(owed)))
        return post_form(action, self.words(button), fields, self.frame, *hidden)

    def page(self, title: str, *body: Html | None) -> Page:
        problem = element("p", self.problem, class_="problem") if self.problem else None
        shown = (
            element("div", element("h2", self.words("problem.title")), problem, class_="problems")
            if problem
            else None
        )
        status = self.problem_status if problem else 200
        return Page(title, join(shown, *body, self._sign_out()), status=status)

    def _sign_out(self) -> Html:
        form = element(
            "form",
            hidden_field("form_token", self.token),
            element("button", self.words("logout"), type="submit", class_="quiet"),
            method="post",
            action=self.frame.link("/counter/logout"),
        )
        return element("section", form, class_="return")


def field(
    words: Texts, name: str, key: str, *, hint: str = "", value: str = "", **box: Attribute
) -> TextField:
    return TextField(name, words(key), words(hint or f"{key}_hint"), value, box=box)


def card(title: str | None, *body: Html | None, level: str = "h2") -> Html:
    heading = element(level, title) if title else None
    return element("section", heading, *body, class_="card")


def facts(rows: Mapping[str, Html | str]) -> Html:
    return element(
        "dl",
        *(
            element("div", element("dt", name), element("dd", value))
            for name, value in rows.items()
        ),
    )
