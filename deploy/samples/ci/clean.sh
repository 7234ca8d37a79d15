#!/bin/sh
# A step of any CI that has kubectl: creates a CassandraCleanup and waits for its end. Exit code 0 = every node is clean;
# 1 = it failed, or has not ended in time (it goes on by itself then).
# Use: clean.sh MANIFEST [TIMEOUT]; in the manifest, metadata.generateName makes every step a run of its own.
set -eu
run=$(kubectl create --filename "$1" --output name)
kubectl wait "$run" --for=condition=Finished --timeout="${2:-12h}" || true
kubectl get "$run" --output wide
test "$(kubectl get "$run" --output 'jsonpath={.status.state}')" = Completed
