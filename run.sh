#!/usr/bin/env bash
# Sets up .venv and runs the main job on synthetic data.
#   ./run.sh         train a small depth-parallel network and compare it with skipping frames (minutes, no download of data)
#   ./run.sh test    run the tests; further arguments go to pytest
#   ./run.sh docs    build the documentation into build/site; a warning is an error
#   ./run.sh setup   only set up .venv
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

die() { echo "run.sh: $*" >&2; exit 2; }

find_python() {
  local name
  for name in python3.11 python3.12 python3.13; do
    # A version manager's shim may be on the PATH without a Python behind it, so ask it to run.
    if "$name" -c 'import venv, ensurepip' >/dev/null 2>&1; then echo "$name"; return; fi
  done
  die "none of python3.11, python3.12, python3.13 was found (with its venv module): install one and run again"
}

set_up() {
  local stamp=.venv/installed wanted
  wanted=$(cat requirements.lock setup.py | cksum)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
  local python
  python=$(find_python)
  echo "run.sh: setting up .venv with $python (once)"
  "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.lock \
    || die "the packages of requirements.lock could not be installed: see pip's message above"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e . \
    || die "the project could not be installed into .venv: see pip's message above"
  echo "$wanted" > "$stamp"
  echo "run.sh: .venv is set up; for the commands of the documentation: source .venv/bin/activate"
}

command=${1:-demo}
[ $# -gt 0 ] && shift
case "$command" in
  demo) set_up; exec .venv/bin/python -m mpvn.demo "$@" ;;
  test) set_up; exec .venv/bin/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile \
    --no-loadscope-reorder "$@" ;;
  docs) set_up; TF_CPP_MIN_LOG_LEVEL=3 NO_MKDOCS_2_WARNING=1 exec .venv/bin/mkdocs build --strict --quiet "$@" ;;
  setup) set_up ;;
  *) die "unknown command '$command': expected nothing, 'test', 'docs' or 'setup'" ;;
esac
