"""The reports of a run, under names that hold its fingerprint: written again, nothing is lost."""

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.province import ChannelAccount, Province
from chalicelib.domain.reconciliations import Summary
from chalicelib.reconciliation.partition import DayMatch
from chalicelib.reconciliation.report_csv import render_csv
from chalicelib.reconciliation.report_html import render_html
from chalicelib.reconciliation.report_texts import LANGUAGES
from chalicelib.storage.files import ReportFiles

# Raise it when a report's content changes: the days of the window are then reported anew.
REPORTS_VERSION = 3

HTML = "text/html; charset=utf-8"
CSV = "text/csv; charset=utf-8"


def languages_of(province: Province) -> tuple[str, ...]:
    """Those of the province's languages that reports can be written in."""
    return tuple(each for each in province.languages if each in LANGUAGES) or ("en",)


def report_keys(of: AccountDay, run: str, languages: tuple[str, ...]) -> dict[str, str]:
    """Name, as `html_vi` or `csv_en`, → object key."""
    folder = f"reconciliations/{of.channel}/{of.account}/{of.business_day.isoformat()}/{run[:16]}"
    return {
        f"{form}_{language}": f"{folder}/report.{language}.{form}"
        for form in ("html", "csv")
        for language in languages
    }


def write_reports(
    reports: ReportFiles,
    province: Province,
    account: ChannelAccount,
    summary: Summary,
    result: DayMatch,
) -> None:
    languages = languages_of(province)
    keys = report_keys(summary.of, summary.run, languages)
    for language in languages:
        page = render_html(province, account, summary, result, language)
        reports.write(keys[f"html_{language}"], page, HTML)
        reports.write(keys[f"csv_{language}"], render_csv(summary, result, language), CSV)
