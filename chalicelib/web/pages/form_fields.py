"""Forms that a person types into, and what is wrong with what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.domain.identifiers import WORD_LENGTH
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Attribute, Html, element
from chalicelib.web.pages.layout import Page

MAX_FACT_LENGTH = 40


@dataclass(frozen=True, slots=True)
class TextField:
    """`problem`: what is wrong with what was typed, None when nothing is. `box`: attributes of the
    input."""

    name: str
    label: str
    hint: str
    value: str
    problem: str | None = None
    box: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """`groups`: options by the heading that they stand under, each a value and its name. `value`:
    what was chosen, "" for nothing."""

    name: str
    label: str
    hint: str
    value: str
    groups: Mapping[str, tuple[tuple[str, Html], ...]]
    problem: str | None = None


FormField = TextField | ChoiceField


def form_page(
    title: str, lead: str, form: Html, fields: tuple[FormField, ...], frame: Frame
) -> Page:
    problems = _list_problems(fields, frame)
    heading = (problems, element("h1", title), element("p", lead, class_="lead"))
    body = element("section", *heading, form, class_="card find")
    shown_title = f"{frame.texts('find.problem')}: {title}" if problems else title
    return Page(shown_title, body, status=422 if problems else 200)


def post_form(
    action: str, button: str, fields: tuple[FormField, ...], frame: Frame, *hidden: Html
) -> Html:
    return element(
        "form",
        *hidden,
        *(_field(each) for each in fields),
        element("button", button, type="submit"),
        method="post",
        action=frame.link(action),
    )


def word_problem(word: str | None) -> str | None:
    """The key of a text; None: nothing was sent yet, or it has a word's form."""
    if word is None or (len(word) == WORD_LENGTH and word.isalnum()):
        return None
    return "find.word_wrong" if word else "find.word_missing"


def given_problem(given: str | None) -> str | None:
    """As `word_problem`, where a second fact may stand in the word's place."""
    if given is None or 0 < len(given) <= MAX_FACT_LENGTH:
        return None
    return "find.given_wrong" if given else "find.given_missing"


def given_field(
    given: str | None, problem: str | None, frame: Frame, fact: str | None = None
) -> TextField:
    """For the word or the second fact. `fact`: what it is called there, None: whatever it is."""
    texts = frame.texts
    return TextField(
        name="word",
        label=texts("find.given_named", fact=fact) if fact else texts("find.given"),
        hint=texts("find.given_hint"),
        value=given or "",
        problem=texts(problem) if problem else None,
        box={"autocapitalize": "characters", "maxlength": MAX_FACT_LENGTH},
    )


def word_field(word: str | None, problem: str | None, frame: Frame) -> TextField:
    """`problem`: the key of a text."""
    texts = frame.texts
    return TextField(
        name="word",
        label=texts("find.word"),
        hint=texts("find.word_hint"),
        value=word or "",
        problem=texts(problem) if problem else None,
        box={"autocapitalize": "characters", "maxlength": 12},
    )


def _field(shown: FormField) -> Html:
    name, problem = shown.name, shown.problem
    described = f"{name}-hint" + (f" {name}-problem" if problem else "")
    marks: dict[str, Attribute] = {
        "id": name,
        "name": name,
        "aria_describedby": described,
        "aria_invalid": "true" if problem else None,
    }
    return element(
        "div",
        element("label", shown.label, for_=name),
        element("p", shown.hint, id=f"{name}-hint", class_="hint"),
        element("p", problem, id=f"{name}-problem", class_="problem") if problem else None,
        _input(shown, marks) if isinstance(shown, TextField) else _select(shown, marks),
        class_="field",
    )


def _input(shown: TextField, marks: Mapping[str, Attribute]) -> Html:
    return element(
        "input",
        **marks,
        type="text",
        autocomplete="off",
        spellcheck="false",
        value=shown.value,
        **shown.box,
    )


def _select(shown: ChoiceField, marks: Mapping[str, Attribute]) -> Html:
    groups = (
        element(
            "optgroup",
            *(
                element("option", name, value=value, selected=value == shown.value)
                for value, name in options
            ),
            label=heading,
        )
        for heading, options in shown.groups.items()
        if options
    )
    return element("select", element("option", "—", value=""), *groups, **marks)


def _list_problems(fields: tuple[FormField, ...], frame: Frame) -> Html | None:
    """Above the form, each leading to its field; None where nothing is wrong."""
    wrong = [each for each in fields if each.problem is not None]
    if not wrong:
        return None
    links = (element("li", element("a", each.problem, href=f"#{each.name}")) for each in wrong)
    heading = element("h2", frame.texts("find.problem"))
    return element("div", heading, element("ul", *links), class_="problems", role="alert")
