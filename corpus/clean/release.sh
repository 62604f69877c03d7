#!/bin/sh
set -eu
version=${1:?version}
out=build/release-$version
mkdir -p "$out"
for target in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu; do
  cargo build --release --target "$target"
  install -m 0755 "target/$target/release/app" "$out/app-$target"
done
(cd "$out" && sha256sum app-* > SHA256SUMS)
date -u +%Y%m%d%H%M%S > "$out/stamp"
