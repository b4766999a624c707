#!/bin/sh
# Fetches a release of oauth4webapi from the npm registry: ./update.sh [VERSION]
# npm checks the archive against the registry's integrity value; VERSION keeps that value for later comparison.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted=${1:-latest}
version=$(npm view "oauth4webapi@$wanted" version)
archive=$(npm pack --silent "oauth4webapi@$version")
tar -xzf "$archive"
cp package/build/index.js "$here/oauth4webapi.js"
cp package/LICENSE.md "$here/LICENSE.md"
{
  printf 'oauth4webapi %s\n' "$version"
  printf 'integrity %s\n' "$(npm view "oauth4webapi@$version" dist.integrity)"
  printf 'sha256 %s oauth4webapi.js\n' "$(sha256sum "$here/oauth4webapi.js" | cut -d ' ' -f 1)"
} > "$here/VERSION"
cat "$here/VERSION"
