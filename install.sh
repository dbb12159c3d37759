#!/usr/bin/env bash
# Installs Longhouse to ~/.local/bin. From a checkout it builds; alone (curl | bash) it downloads the release for this
# machine and checks its checksum. Changes nothing else: no profile is edited, no service is started.
#   LONGHOUSE_INSTALL_DIR   where to, instead of ~/.local/bin
#   LONGHOUSE_VERSION       which release, instead of the newest that this script knows
#   LONGHOUSE_RELEASES      where releases are, for mirrors and tests
set -euo pipefail

BUN=1.4.4
# Empty until the first release is published.
VERSION=${LONGHOUSE_VERSION:-}
RELEASES=${LONGHOUSE_RELEASES:-https://github.com/cipher982/longhouse/releases/download}
DIR=${LONGHOUSE_INSTALL_DIR:-$HOME/.local/bin}

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf '  %s\n' "$hint" >&2; done
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# The folder of this script when it stands in a checkout, else nothing.
checkout() {
  local file=${BASH_SOURCE[0]:-}
  [ -n "$file" ] && [ -f "$file" ] || return 0
  local dir
  dir=$(cd "$(dirname "$file")" && pwd)
  if [ -f "$dir/build.ts" ] && grep -q '"name": "longhouse"' "$dir/package.json" 2>/dev/null; then say "$dir"; fi
}

build() {
  cd "$1"
  local bun=(bun)
  if ! has bun || [ "$(bun --version)" != "$BUN" ]; then
    has npx || fail "building needs Bun $BUN, or Node with npm to fetch it." "See https://bun.sh, or install Node 20 or newer."
    bun=(npx --yes "bun@$BUN")
  fi
  say "Building in $1 with ${bun[*]} …"
  "${bun[@]}" install --frozen-lockfile
  "${bun[@]}" run build
  [ -x dist/longhouse ] || fail "the build left no dist/longhouse."
  built=$1/dist/longhouse
}

# linux-x64, linux-arm64-musl, darwin-arm64 …
platform() {
  local os arch libc=""
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) fail "there is no binary for $(uname -s)." "Longhouse runs on Linux and macOS; on Windows use WSL." ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) arch=x64 ;;
    arm64 | aarch64) arch=arm64 ;;
    *) fail "there is no binary for $(uname -m)." "There are binaries for x64 and arm64." ;;
  esac
  # A shell under Rosetta says x86_64 on a machine that is not.
  if [ $os = darwin ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || true)" = 1 ]; then arch=arm64; fi
  if [ $os = linux ] && { ldd --version 2>&1 || true; } | grep -qi musl; then libc=-musl; fi
  say "$os-$arch$libc"
}

fetch() { curl --fail --silent --show-error --location --retry 2 "$1" --output "$2"; }

sum() {
  if has sha256sum; then sha256sum "$1" | cut -d' ' -f1; else shasum -a 256 "$1" | cut -d' ' -f1; fi
}

download() {
  [ -n "$VERSION" ] || fail "there is no release of Longhouse yet." \
    "Until there is: clone the repository and run ./install.sh in it. That builds it (Node 20 and npm are enough)."
  has curl || fail "downloading needs curl."
  local name from want got
  name=longhouse-$(platform)
  from=$RELEASES/v$VERSION
  say "Downloading $from/$name …"
  fetch "$from/$name" "$temp/longhouse" || fail "cannot download $from/$name."
  fetch "$from/SHA256SUMS" "$temp/SHA256SUMS" || fail "cannot download $from/SHA256SUMS; nothing was installed."
  want=$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1 }' "$temp/SHA256SUMS")
  got=$(sum "$temp/longhouse")
  [ -n "$want" ] || fail "SHA256SUMS does not name $name; nothing was installed."
  [ "$want" = "$got" ] || fail "the checksum of $name is wrong; nothing was installed." "expected $want" "got      $got"
  say "Its checksum is right."
  built=$temp/longhouse
}

# Copied beside and renamed: a binary that runs cannot be written over, but it can be replaced.
place() {
  mkdir -p "$DIR" || fail "cannot make $DIR."
  cp "$built" "$DIR/.longhouse.new" || fail "cannot write to $DIR."
  chmod 755 "$DIR/.longhouse.new"
  mv -f "$DIR/.longhouse.new" "$DIR/longhouse"
  local version
  version=$("$DIR/longhouse" version 2>/dev/null) || fail "$DIR/longhouse does not run on this machine."
  say "Installed $DIR/longhouse ($version)."
}

path_hint() {
  local found
  found=$(command -v longhouse || true)
  if [ "$found" = "$DIR/longhouse" ]; then return; fi
  if [ -n "$found" ]; then
    say "But \`longhouse\` is $found here: it comes first in PATH."
    return
  fi
  say "$DIR is not in PATH. Type this, then open a new terminal:"
  case $(basename "${SHELL:-sh}") in
    zsh) say "  echo 'export PATH=\"$DIR:\$PATH\"' >> ~/.zshrc" ;;
    bash) say "  echo 'export PATH=\"$DIR:\$PATH\"' >> ~/.bashrc" ;;
    fish) say "  fish_add_path '$DIR'" ;;
    *) say "  echo 'export PATH=\"$DIR:\$PATH\"' >> ~/.profile" ;;
  esac
}

main() {
  temp=$(mktemp -d)
  trap 'rm -rf "$temp"' EXIT
  local dir
  dir=$(checkout)
  if [ -n "$dir" ] && [ -z "$VERSION" ]; then build "$dir"; else download; fi
  place
  path_hint
  say "Next: longhouse serve"
}

# In a function, and called last: a download that breaks off runs nothing.
main
