"""dlt's REST source into DuckDB by parquet, which is dlt at its best. Arguments: url, file, names of the properties."""

from __future__ import annotations

import sys
from pathlib import Path

import dlt  # type: ignore[import-not-found,unused-ignore]
from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found,unused-ignore]


def main(url: str, file: str, names: str) -> None:
    contacts = {
        "path": "crm/objects/2026-09/contacts",
        "params": {"limit": 100, "properties": names},
        "data_selector": "results",
        "paginator": {"type": "cursor", "cursor_path": "paging.next.after", "cursor_param": "after"},
    }
    resource = {"name": "contact", "primary_key": "id", "write_disposition": "merge", "endpoint": contacts}
    source = rest_api_source({"client": {"base_url": url}, "resources": [resource]})
    destination = dlt.destinations.duckdb(file)
    pipeline = dlt.pipeline(
        "bench", destination=destination, dataset_name="bench", pipelines_dir=str(Path(file).with_suffix(".dlt"))
    )
    pipeline.run(source, loader_file_format="parquet")
    with pipeline.sql_client() as client:
        print(client.execute_sql("SELECT count(*) FROM contact")[0][0])


if __name__ == "__main__":
    main(*sys.argv[1:])
