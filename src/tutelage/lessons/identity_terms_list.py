"""The list of identity terms that is shipped: short, English, and meant to be edited.

A term stands at the same place in each group of its axis; "-" where there is no counterpart.
Words with another everyday meaning are left out (*straight*, *temple*) or stand in a phrase
(*black people*).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def _rows(**groups: str) -> Mapping[str, Sequence[str]]:
    return {
        name.replace("_", " "): tuple(term.strip() for term in terms.split(","))
        for name, terms in groups.items()
    }


DEFAULT_TERMS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "gender": _rows(
        women="woman, women, girl, girls, female, lady, ladies, she, herself, wife, wives, mother,"
        "mothers, daughter, daughters, sister, sisters, aunt, grandmother, queen, actress, her,"
        "hers, -, -",
        men="man, men, boy, boys, male, gentleman, gentlemen, he, himself, husband, husbands,"
        "father, fathers, son, sons, brother, brothers, uncle, grandfather, king, actor, -, -,"
        "him, his",
    ),
    "religion": _rows(
        christian="christian, christians, church, priest, bible, christianity",
        muslim="muslim, muslims, mosque, imam, quran, islam",
        jewish="jewish, jews, synagogue, rabbi, torah, judaism",
        hindu="hindu, hindus, -, -, -, hinduism",
        buddhist="buddhist, buddhists, -, -, -, buddhism",
    ),
    "origin": _rows(
        african="african, africans, nigerian, nigeria",
        arab="arab, arabs, egyptian, egypt",
        asian="asian, asians, chinese, china",
        european="european, europeans, german, germany",
        latin_american="latino, latinos, mexican, mexico",
    ),
    "colour": _rows(
        black="black people, black man, black men, black woman, black women",
        white="white people, white man, white men, white woman, white women",
    ),
    "orientation": _rows(
        gay="homosexual, homosexuals, gay, gays, lesbian, lesbians, queer",
        heterosexual="heterosexual, heterosexuals, -, -, -, -, -",
    ),
    "age": _rows(
        old="elderly, old man, old men, old woman, old women, old people, pensioner, pensioners",
        young="young, young man, young men, young woman, young women, young people, teenager,"
        "teenagers",
    ),
    "ability": _rows(disabled="disabled, wheelchair, deaf, autistic, handicapped"),
}
