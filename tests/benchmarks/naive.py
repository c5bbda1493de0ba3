"""Run a naive pipeline: sequential requests, PyYAML, GitPython's index."""

import sys
from pathlib import Path

import git
import httpx
import yaml

from .exports import flow_ids


def main() -> None:
    port, count, place = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    repository = git.Repo(place)
    folder = place / "flows" / "prod"
    folder.mkdir(parents=True)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        paths = [_exported(client, flow_id, folder) for flow_id in flow_ids(count)]
    repository.index.add(paths)
    repository.index.commit("sync")


def _exported(client: httpx.Client, flow_id: int, folder: Path) -> str:
    answer = client.get("/flows", params={"action": "export", "flowId": flow_id})
    path = folder / f"{flow_id}.yaml"
    text = yaml.dump(answer.json()["data"], Dumper=yaml.SafeDumper, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


if __name__ == "__main__":
    main()
