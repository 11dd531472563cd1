"""The CSV of Bulk 2.0, byte by byte: what the SDK's own reader damages comes through whole."""

from __future__ import annotations

import pytest

from adapters.salesforce.bulk import table


@pytest.mark.parametrize("text", ["one\ntwo", "one\r\ntwo", 'a ""quoted"" word', "Zoë 🙂 \u2028", "a,b", " x "])
def test_a_cell_comes_through_as_it_was(text: str) -> None:
    body = f'"Id","Note"\n"1","{text}"\n"2",""\n'.encode()
    assert [note for _, note in table(body)[1]] == [text.replace('""', '"'), ""]


def test_nul_bytes_are_dropped_and_an_empty_result_has_no_rows() -> None:
    columns, rows = table(b'"Id"\n"a\x00b"\n')
    assert (columns, list(rows)) == (["Id"], [["ab"]])
    assert list(table(b'"Id"\n')[1]) == []
