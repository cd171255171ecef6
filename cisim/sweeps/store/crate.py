"""What a finished results folder is about, for archives and catalogues: an RO-Crate 1.1 (https://w3id.org/ro/crate/1.1)."""

import json
from collections.abc import Sequence
from typing import Any

import cisim
from cisim.sweeps.store.manifest import NAME, Manifest
from cisim.sweeps.store.parts import FOLDER, LIST, Part

CRATE = "ro-crate-metadata.json"
MOST_LISTED = 1_000  # parts named one by one
LICENCE = "https://www.apache.org/licenses/LICENSE-2.0"
SOFTWARE = "#cisim"
SPECIFICATION = "https://w3id.org/ro/crate/1.1"


def crate(manifest: Manifest, parts: Sequence[Part]) -> bytes:
    """The text of ro-crate-metadata.json: files with sizes and checksums, the software, and when it ran with which versions."""
    rows = sum(part.rows for part in parts)
    files = [_file(NAME, "The experiment, the model, the columns and the sessions", "application/json")]
    files += [_file(LIST, "The parts that count, with their checksums", "application/json")]
    files += [
        _file(f"{FOLDER}/{part.file}", f"{part.rows:,} rows", "application/vnd.apache.parquet")
        | {"contentSize": str(part.bytes), "sha256": part.sha256}
        for part in parts[:MOST_LISTED]
    ]
    runs = [_run(number, session, manifest) for number, session in enumerate(manifest.sessions[-100:])]
    about: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Results of the cisim experiment {manifest.name}",
        "description": f"{rows:,} simulated rows: a row for each point, arm and seed. {NAME} holds the experiment's own text.",
        "datePublished": manifest.finished,
        "dateCreated": manifest.created,
        "hasPart": [{"@id": one["@id"]} for one in files],
        "mentions": [{"@id": one["@id"]} for one in runs],
        "variableMeasured": list(manifest.columns)[:MOST_LISTED],
    }
    software = {
        "@id": SOFTWARE,
        "@type": "SoftwareApplication",
        "name": "cisim",
        "version": cisim.__version__,
        "softwareVersion": f"{cisim.__version__}, model {manifest.model_digest}",
        "description": "An agent-based simulation of cross-sector collaboration",
        "license": {"@id": LICENCE},
    }
    head = {"@id": CRATE, "@type": "CreativeWork", "conformsTo": {"@id": SPECIFICATION}, "about": {"@id": "./"}}
    licence = {"@id": LICENCE, "@type": "CreativeWork", "name": "Apache License 2.0"}
    graph = [head, about, software, licence, *files, *runs]
    return (json.dumps({"@context": f"{SPECIFICATION}/context", "@graph": graph}, indent=1) + "\n").encode()


def _file(path: str, description: str, format_: str) -> dict[str, Any]:
    return {"@id": path, "@type": "File", "name": path, "description": description, "encodingFormat": format_}


def _run(number: int, session: dict[str, str], manifest: Manifest) -> dict[str, Any]:
    """A session of work; the machine's own name is left out."""
    versions = ", ".join(f"{name} {version}" for name, version in session.items() if name not in ("started", "machine"))
    return {
        "@id": f"#session-{number + 1}",
        "@type": "CreateAction",
        "name": f"Session {number + 1} of the sweep",
        "startTime": session.get("started", manifest.created),
        "instrument": {"@id": SOFTWARE},
        "result": {"@id": "./"},
        "description": f"With {versions}; model {manifest.model_digest}",
    }
