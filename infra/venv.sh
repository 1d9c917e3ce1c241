#!/bin/sh
# infra/venv.sh FOLDER REQUIREMENTS...: makes the virtual environment, and installs again only when a file changed.
set -e
here="$(dirname "$0")"
folder="$1"
shift
if ! "$folder/bin/python" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then
    python="$("$here/python.sh" $ERRANDLESS_PYTHON_VERSION)"
    echo "Making $folder with $("$python" -V)"
    rm -rf "$folder"
    "$python" -m venv "$folder"
fi
installed="$folder/.requirements.sha256"
wanted="$(cat "$@" | "$folder/bin/python" -c "import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())")"
if [ "$(cat "$installed" 2>/dev/null)" != "$wanted" ]; then
    echo "Installing $*"
    arguments=""
    for file in "$@"; do arguments="$arguments -r $file"; done
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check $arguments
    echo "$wanted" > "$installed"
fi
