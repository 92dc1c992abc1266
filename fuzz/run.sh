#!/usr/bin/env bash
# Runs fuzz targets and prints what came of each. Exits with 1 if something was found.
#
#     fuzz/run.sh SECONDS [TARGET...]
#
# Without targets: all of them, for SECONDS each. In the environment: JOBS, how many run at a time (1); LOGS, where their
# output goes (fuzz/artifacts); CARGO_TARGET_DIR, where they are built (fuzz/target).

set -euo pipefail
shopt -s nullglob

cd "$(dirname "$0")"
seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET...]}
shift
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    targets=(targets/*.rs)
    targets=("${targets[@]##*/}")
    targets=("${targets[@]%.rs}")
fi
jobs=${JOBS:-1}
logs=$(realpath -m "${LOGS:-artifacts}")
built=$(realpath -m "${CARGO_TARGET_DIR:-target}")
host=$(rustc -vV | sed -n 's/^host: //p')
# -Zsanitizer, which a stable compiler takes only so.
export RUSTC_BOOTSTRAP=1
# Of the C code among the dependencies, as cargo-fuzz sets it.
export ASAN_OPTIONS=detect_odr_violation=0

# What is run with the address sanitizer: README.md says why.
sanitizer() {
    case $1 in
        decompress) echo address ;;
        *) echo none ;;
    esac
}

dictionary() {
    case $1 in
        enriched_tsv | enriched_json) echo enriched ;;
        tracker_payload | collector_payload) echo tracker ;;
        vortex | vortex_dev) echo vortex ;;
        detect | frames | decompress) echo bytes ;;
        *) echo "$1" ;;
    esac
}

# The largest input in bytes. Every split of a dump is a reading of it.
largest() {
    case $1 in
        frames) echo 1024 ;;
        *) echo 8192 ;;
    esac
}

# Inputs that were found to break a law. A slow one is one too.
findings() {
    local found=("artifacts/$1/"*)
    echo ${#found[@]}
}

run() {
    local target=$1
    "$built/fuzz-$(sanitizer "$target")/$host/release/$target" \
        -dict="dict/$(dictionary "$target").dict" -max_len="$(largest "$target")" -max_total_time="$seconds" \
        -timeout=25 -rss_limit_mb=2048 -detect_leaks=0 -print_final_stats=1 \
        -artifact_prefix="artifacts/$target/" "corpus/$target" >"$logs/$target.log" 2>&1 || true
}

# The last number that follows a word in the log of a target.
number() {
    { grep -aoE "$2 *[0-9]+" "$logs/$1.log" || echo 0; } | tail -1 | grep -oE '[0-9]+$'
}

python3 seed.py >/dev/null
for kind in none address; do
    for target in "${targets[@]}"; do
        if [ "$(sanitizer "$target")" = "$kind" ]; then
            cargo fuzz build --fuzz-dir . --sanitizer "$kind" --target-dir "$built/fuzz-$kind" "$target"
        fi
    done
done

# A file in memory, where there is such a place, for the target that reads files.
temporary=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$temporary"' EXIT
export TMPDIR=$temporary

declare -A before
mkdir -p "$logs"
for target in "${targets[@]}"; do
    mkdir -p "artifacts/$target" "corpus/$target"
    before[$target]=$(findings "$target")
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
        wait -n || true
    done
    run "$target" &
done
wait

code=0
printf '%-18s %12s %8s %9s %9s\n' target runs seconds coverage findings
for target in "${targets[@]}"; do
    found=$(($(findings "$target") - before[$target]))
    # A target that did not come to its end, and wrote no input, has failed as well.
    grep -aq '^Done [0-9]* runs' "$logs/$target.log" || found=$((found > 0 ? found : 1))
    [ "$found" -eq 0 ] || code=1
    took=$(grep -aoE 'runs in [0-9]+' "$logs/$target.log" | grep -oE '[0-9]+' || echo -)
    printf '%-18s %12s %8s %9s %9s\n' \
        "$target" "$(number "$target" units:)" "$took" "$(number "$target" cov:)" "$found"
done
exit $code
