#!/bin/sh
# Prints a Python that really runs: 3.13 when there is one, else 3.11 or newer. `infra/python.sh 3.13`: that or nothing.
# Each candidate is tried, since a version manager's shim can exist and fail.
wanted="$1"
pyenv_root="$( (pyenv root || echo "$HOME/.pyenv") 2>/dev/null | tail -1)"

try() {
    "$1" -c "
import sys, venv, ensurepip, ssl
wanted = '$2'
found = '.'.join(map(str, sys.version_info[:2]))
if (found == wanted) if wanted else sys.version_info >= (3, 11):
    print(sys.executable)
else:
    sys.exit(1)" 2>/dev/null
}

for version in 3.13 $([ -n "$wanted" ] || echo 3.14 3.12 3.11 ""); do
    for candidate in "python$version" python3 python "$pyenv_root"/versions/3.*/bin/python; do
        try "$candidate" "$version" && exit 0
    done
done
if [ -n "$wanted" ]; then
    echo "Python $wanted is needed (Lambda's runtime is the Python that packages) and none here runs." >&2
else
    echo "Python 3.11 or newer with venv is needed (3.13 to package) and none here runs." >&2
fi
echo "Install one, with its venv module: apt install python3.13-venv, pyenv install 3.13, or from python.org." >&2
exit 1
