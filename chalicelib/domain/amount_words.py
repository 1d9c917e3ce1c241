"""Amounts in words, as papers about money carry them, in Vietnamese and Chinese.

*Source* for Chinese: 支付结算办法, 附一 正确填写票据和结算凭证的基本规定 (capitals, 零, 整).
"""

from chalicelib.domain.money import EXPONENTS, Money

_VI_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_VI_GROUPS = ("", "nghìn", "triệu", "tỷ")
_VI_UNITS = {"VND": ("đồng", ""), "CNY": ("nhân dân tệ", "xu")}

_ZH_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_ZH_PLACES = ("", "拾", "佰", "仟")
_ZH_GROUPS = ("", "万", "亿", "万亿")
_ZH_ENDINGS = {"VND": "越南盾整", "CNY": "元整"}
LANGUAGES = ("vi", "zh")


def amount_in_words(amount: Money, language: str) -> str:
    """`Một trăm hai mươi lăm nghìn đồng`; `人民币壹佰贰拾伍元整`.

    Raises: ValueError below zero; KeyError for a language that is not in LANGUAGES."""
    if amount.amount_minor < 0:
        raise ValueError("an amount below zero has no words here")
    write = {"vi": _in_vietnamese, "zh": _in_chinese}[language]
    whole, minor = divmod(amount.amount_minor, 10 ** EXPONENTS[amount.currency])
    return write(whole, minor, amount.currency)


def _in_vietnamese(whole: int, minor: int, currency: str) -> str:
    unit, minor_unit = _VI_UNITS[currency]
    words = f"{vietnamese_number(whole)} {unit}"
    if minor:
        words += f" {vietnamese_number(minor)} {minor_unit}"
    return words[0].upper() + words[1:]


def vietnamese_number(number: int) -> str:
    """`một trăm linh năm nghìn`. Below 10^12."""
    if number == 0:
        return _VI_DIGITS[0]
    words: list[str] = []
    for place in range(len(_VI_GROUPS) - 1, -1, -1):
        group = number // 1000**place % 1000
        if group:
            words += _vietnamese_group(group, is_first=not words)
            words.append(_VI_GROUPS[place])
    return " ".join(word for word in words if word)


def _vietnamese_group(group: int, *, is_first: bool) -> list[str]:
    """Behind a larger group the hundreds are said even where there are none."""
    hundreds, tens, ones = group // 100, group // 10 % 10, group % 10
    words = [_VI_DIGITS[hundreds], "trăm"] if hundreds or not is_first else []
    if tens == 1:
        words.append("mười")
    elif tens:
        words += [_VI_DIGITS[tens], "mươi"]
    elif ones and words:
        words.append("linh")
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 5 and tens:
        words.append("lăm")
    elif ones:
        words.append(_VI_DIGITS[ones])
    return words


def _in_chinese(whole: int, minor: int, currency: str) -> str:
    name = "人民币" if currency == "CNY" else ""
    if not minor:
        return f"{name}{chinese_capitals(whole)}{_ZH_ENDINGS[currency]}"
    jiao, fen = divmod(minor, 10)
    words = f"{chinese_capitals(whole)}元" if whole else ""
    if whole and (not jiao or whole % 10 == 0):
        words += _ZH_DIGITS[0]
    if jiao:
        words += f"{_ZH_DIGITS[jiao]}角"
    return name + words + (f"{_ZH_DIGITS[fen]}分" if fen else "")


def chinese_capitals(number: int) -> str:
    """`壹拾万柒仟`. Below 10^16."""
    if number == 0:
        return _ZH_DIGITS[0]
    words, owes_zero = "", False
    for place in range(len(_ZH_GROUPS) - 1, -1, -1):
        group = number // 10_000**place % 10_000
        if not group:
            owes_zero = owes_zero or bool(words)
            continue
        # One zero for however many that are not said.
        if words and (owes_zero or group < 1000):
            words += _ZH_DIGITS[0]
        words += _chinese_group(group) + _ZH_GROUPS[place]
        owes_zero = False
    return words


def _chinese_group(group: int) -> str:
    words, owes_zero = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if not digit:
            owes_zero = bool(words)
            continue
        words += (_ZH_DIGITS[0] if owes_zero else "") + _ZH_DIGITS[digit] + _ZH_PLACES[place]
        owes_zero = False
    return words
