# Sourced: finds a Python and gives it the packages it needs, outside the source tree.
# Wants `here` to be the folder tests/strangers.

# The oldest Python that will do is 3.11.
find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  return 1
}

# Prints the Python of an environment that has the packages of requirements.txt, or of another such file, whose
# environment then has a name of its own.
set_up_python() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/indelible python version venv log
  local requirements=${1:-$here/python/requirements.txt} name=${2:-strangers}
  python=$(find_python) || { echo "strangers: no Python of 3.11 or newer" >&2; return 1; }
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  venv=$cache/$name-$version-$(cksum <"$requirements" | cut -d' ' -f1)
  if [ ! -e "$venv/ready" ]; then
    echo "strangers: setting up $venv" >&2
    mkdir -p "$cache" && log=$(mktemp) || return 1
    rm -rf "$venv"
    if ! { "$python" -m venv "$venv" && "$venv/bin/pip" install --disable-pip-version-check -q -r "$requirements"; } >"$log" 2>&1; then
      cat "$log" >&2
      rm -f "$log"
      return 1
    fi
    rm -f "$log"
    touch "$venv/ready"
  fi
  echo "$venv/bin/python"
}
