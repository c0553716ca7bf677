"""Labels that no engine and no file format stumbles over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairgames.errors import InputError
from fairgames.games.labels import safe_labels


@given(st.lists(st.text(max_size=60), max_size=12), st.sampled_from([4, 8, 40]))
def test_labels_are_safe_unique_short_and_lead_back(names: list[str], limit: int):
    labels = safe_labels(names, limit)
    assert len(labels) == len(names) == len(set(labels))
    for label in labels:
        assert 1 <= len(label) <= limit
        assert label.isascii()
        assert label.isprintable()
        assert label == label.strip()
        assert not set(label) & set('&<>"`\\')
    assert labels == safe_labels(list(names), limit)
    assert list(dict(zip(labels, names, strict=True)).values()) == names


def test_safe_names_stay_whoever_is_beside_them():
    assert safe_labels(["a&b", "a_b", "clinic-1", "0", "0.5"]) == ("a_b-2", "a_b", "clinic-1", "0", "0.5")
    assert safe_labels(["x", "x", "x-2"]) == ("x", "x-3", "x-2")


def test_letters_are_spelled_rather_than_lost():
    assert safe_labels(["ε = 0.5", "Ώ", "∞", "Krankenhaus Süd", "−1", "病院", "  a \t\n b "]) == (
        "epsilon = 0.5", "Omega", "inf", "Krankenhaus Sud", "-1", "BingYuan", "a b",
    )  # fmt: skip


def test_empty_and_long_names():
    assert safe_labels(["", " ", "\N{COMBINING ACUTE ACCENT}"]) == ("1", "2", "3")
    assert safe_labels(["a" * 50, "a" * 60, "a" * 40]) == ("a" * 38 + "-2", "a" * 38 + "-3", "a" * 40)
    assert safe_labels([]) == ()


def test_too_little_room_is_refused():
    with pytest.raises(InputError, match="at least 4 characters"):
        safe_labels(["x"] * 10, limit=3)
