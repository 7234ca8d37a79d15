# The operator's image: one bundled file on a distroless Node 24. No base has a default, so that each is named by its digest:
#   BUILD_IMAGE    any Node 24 with npm, such as node:24-slim@sha256:…
#   RUNTIME_IMAGE  a Node 24 at /nodejs/bin/node and nothing else, such as gcr.io/distroless/nodejs24-debian12:nonroot@sha256:…
# docs/operating.md has the command; `npm run image` builds it without a container engine, over bases of its own.
ARG BUILD_IMAGE
ARG RUNTIME_IMAGE

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY src src
RUN npm run build

# Runs it once where and as it will run, so that V8's compiled code can be shipped: a third of the start, 6 MB less.
FROM ${RUNTIME_IMAGE} AS warm
COPY --from=build /src/dist/operator.cjs /app/operator.cjs
ENV NODE_COMPILE_CACHE=/home/nonroot/compile-cache
USER 65532:65532
RUN ["/nodejs/bin/node", "--max-semi-space-size=4", "--expose-gc", "/app/operator.cjs", "--help"]

FROM ${RUNTIME_IMAGE}
ARG VERSION
ARG REVISION
ARG RUNTIME_IMAGE
LABEL org.opencontainers.image.title="cassandra-cleanup-operator" \
      org.opencontainers.image.description="Runs Apache Cassandra cleanup on every node of a cluster, through the Sidecar beside each." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${RUNTIME_IMAGE}"
COPY --from=build --chmod=444 /src/dist/operator.cjs /app/operator.cjs
COPY --from=warm --chmod=555 /home/nonroot/compile-cache /app/compile-cache
# Half of the 512Mi that the Deployment allows; who allows more sets this to more.
# The C library gives memory back, instead of keeping some for each thread.
ENV NODE_COMPILE_CACHE=/app/compile-cache \
    NODE_OPTIONS=--max-old-space-size=256 \
    MALLOC_ARENA_MAX=1 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    MALLOC_MMAP_THRESHOLD_=131072
USER 65532:65532
# A small young generation keeps the memory of an operator that is mostly idle small; so does closing up the heap after the first lists.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--expose-gc", "/app/operator.cjs"]
