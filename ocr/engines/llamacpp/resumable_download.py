"""Download a file into Hugging Face's cache, from where an earlier download of it was cut off.

huggingface_hub itself begins anew in each process, and one that is ended leaves the file it was writing.
"""

import fcntl
from pathlib import Path
from urllib.parse import urlsplit


def download_file(repository: str, name: str, cache: Path) -> Path:
    """The path of a repository's file in the cache, where it is downloaded unless it is there.

    Raises:
        Exception: huggingface_hub's.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.file_download import http_get, repo_folder_name
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    url = hf_hub_url(repository, name)
    found = get_hf_file_metadata(url)
    blob = cache / repo_folder_name(repo_id=repository, repo_type="model") / "blobs" / (found.etag or "")
    if found.etag and found.size and not blob.exists():
        blob.parent.mkdir(parents=True, exist_ok=True)
        partial = blob.with_name(f"{blob.name}.incomplete")
        same_host = urlsplit(url).netloc == urlsplit(found.location).netloc
        headers = build_hf_headers() if same_host else build_hf_headers(token=False)  # the token is not for others
        with partial.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # one program at a time
            if not blob.exists():
                http_get(
                    found.location, file, resume_size=file.tell(), headers=headers, expected_size=found.size,
                    displayed_filename=name,
                )  # fmt: skip
                partial.replace(blob)
    return Path(hf_hub_download(repository, name))
