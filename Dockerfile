# The images: docker build --target service|indexer|catalog|development|loadtests -t recommender-service .
#
# They run as 10001:10001 with a read-only root and write to /var/lib/recommender and /tmp only. Arguments:
#   BASE_IMAGE            Python 3.11 or 3.12 on Debian, from any registry. The digest pins what a tag may change
#   PIP_INDEX_URL …       another package index. HTTP_PROXY, HTTPS_PROXY, NO_PROXY are Docker's own. Only builder stages
#                         use them, and no image contains them
#   TORCH_INDEX, TORCH_WHEEL   as for `make demo`. A wheel's URL may end with #sha256=…
#   ANNOY_COMPILER_ARGS   the default is for any CPU of the architecture. Add -march=x86-64-v3 where all nodes have AVX2
#   VERSION, REVISION, CREATED, SOURCE   for the labels: --build-arg REVISION="$(git rev-parse HEAD)" and so on
#
# The largest image is the last one, because the classic builder builds every stage above its target.
ARG BASE_IMAGE=python:3.12.12-slim-trixie@sha256:f3fa41d74a768c2fce8016b98c191ae8c1bacd8f1152870a3f9f87d350920b7c
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown

FROM ${BASE_IMAGE} AS base

FROM base AS builder
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore PATH=/opt/venv/bin:$PATH
# A base image whose Python has no headers uses Debian's Python, so the headers are Debian's too.
# hadolint ignore=DL3008
RUN headers="$(python3 -c 'import pathlib, sysconfig as s; print("" if pathlib.Path(s.get_path("include"), "Python.h").exists() else "libpython3-dev")')" \
    && apt-get update \
    && apt-get install --yes --no-install-recommends g++ binutils ${headers:+"${headers}"} \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY tools/ tools/
RUN python3 -m venv /opt/venv \
    && python -c 'from tools.environment import PIP; print(PIP)' > pip.txt \
    && pip install --require-hashes --no-deps --requirement pip.txt
# What compiles Annoy and the core's loops is locked too.
COPY requirements/build.txt .
RUN pip install --require-hashes --no-deps --requirement build.txt
ARG ANNOY_COMPILER_ARGS=-fpermissive,-O3,-ffast-math,-fno-associative-math,-std=c++14,-DANNOYLIB_MULTITHREADED_BUILD
ENV ANNOY_COMPILER_ARGS=${ANNOY_COMPILER_ARGS}
COPY docker/bill_of_materials.py docker/finish.sh docker/
# The images have fewer Debian packages than this stage.
COPY --from=base /var/lib/dpkg/status /build/dpkg-status

FROM base AS runtime
# Images do not need the base's pip, which the bill of materials would not list.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/ensurepip /usr/local/lib/python3*/site-packages/pip*
RUN echo 'recommender:x:10001:10001::/tmp:/usr/sbin/nologin' >> /etc/passwd \
    && echo 'recommender:x:10001:' >> /etc/group \
    && install --directory --owner=10001 --group=10001 /var/lib/recommender \
        /var/lib/recommender/snapshots /var/lib/recommender/embeddings /var/lib/recommender/keys \
        /var/lib/recommender/issuer /var/lib/recommender/loaded
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
ARG BASE_IMAGE
ARG SOURCE
LABEL org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.vendor="The Recommender authors" \
    org.opencontainers.image.source="${SOURCE}" \
    org.opencontainers.image.base.name="${BASE_IMAGE}"
COPY LICENSE /licenses/
WORKDIR /app
USER 10001:10001

FROM builder AS core
COPY recommender/ recommender/
RUN python -m tools.kernels && rm recommender/kernels/*.pyx recommender/kernels/*.pxd recommender/kernels/*.pyi

FROM builder AS service-packages
COPY requirements/service.txt .
RUN pip install --require-hashes --no-deps --no-build-isolation --requirement service.txt \
    && sh docker/finish.sh recommender-service service.txt
COPY adapters/ /app/adapters/
COPY command_line/ /app/command_line/
COPY --from=core /build/recommender/ /app/recommender/
COPY service/ /app/service/
COPY docker/healthcheck.py /app/
RUN python -m compileall -q /app

FROM runtime AS service
# The matrices are small, and a second BLAS thread would only spin.
ENV SERVICE_LISTEN_HOST=0.0.0.0 \
    SERVICE_MANAGEMENT_HOST=0.0.0.0 \
    SERVICE_SNAPSHOT_ROOT=/var/lib/recommender/snapshots \
    OPENBLAS_NUM_THREADS=1
COPY --from=service-packages /opt/venv /opt/venv
COPY --from=service-packages /app /app
EXPOSE 8000 9000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s \
    CMD ["python", "/app/healthcheck.py", "SERVICE_LISTEN_PORT", "8000", "/health/ready"]
ENTRYPOINT ["python", "-m", "service"]
CMD ["serve"]
ARG VERSION
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="recommender-service" \
    org.opencontainers.image.description="Answers REST calls for product recommendations from the live snapshot" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"

FROM builder AS catalog-packages
COPY requirements/catalog.txt .
RUN pip install --require-hashes --no-deps --no-build-isolation --requirement catalog.txt \
    && sh docker/finish.sh recommender-catalog catalog.txt
COPY catalog/ /app/catalog/
COPY command_line/ /app/command_line/
COPY purchase_files/ /app/purchase_files/
COPY docker/healthcheck.py /app/
RUN python -m compileall -q /app

FROM runtime AS catalog
ENV CATALOG_LISTEN_HOST=0.0.0.0
COPY --from=catalog-packages /opt/venv /opt/venv
COPY --from=catalog-packages /app /app
EXPOSE 8100
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
    CMD ["python", "/app/healthcheck.py", "CATALOG_LISTEN_PORT", "8100", "/health/ready"]
ENTRYPOINT ["python", "-m", "catalog"]
CMD ["serve"]
ARG VERSION
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="recommender-catalog" \
    org.opencontainers.image.description="Reference catalog of products, users and purchases" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"

FROM builder AS development-packages
COPY requirements/development.txt .
RUN pip install --require-hashes --no-deps --no-build-isolation --requirement development.txt \
    && sh docker/finish.sh recommender-development development.txt
COPY catalog/ /app/catalog/
COPY command_line/ /app/command_line/
COPY purchase_files/ /app/purchase_files/
COPY demo/ /app/demo/
COPY docker/healthcheck.py docker/development/*.py /app/
RUN python -m compileall -q /app

# For local stacks only: the token issuer, which does not start elsewhere, and the sample data.
FROM runtime AS development
ENV ISSUER_STATE_DIR=/var/lib/recommender/issuer LOADED_MARK=/var/lib/recommender/loaded
COPY --from=development-packages /opt/venv /opt/venv
COPY --from=development-packages /app /app
EXPOSE 8200
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
    CMD ["python", "/app/healthcheck.py", "ISSUER_LISTEN_PORT", "8200", "/jwks"]
ENTRYPOINT ["python", "-m", "demo.issuer"]
CMD ["serve"]
ARG VERSION
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="recommender-development" \
    org.opencontainers.image.description="Token issuer and sample data for local stacks" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"

FROM builder AS loadtests-packages
COPY requirements/loadtests.txt .
RUN pip install --require-hashes --no-deps --no-build-isolation --requirement loadtests.txt \
    && sh docker/finish.sh recommender-loadtests loadtests.txt
COPY loadtests/ /app/loadtests/
RUN python -m compileall -q /app

FROM runtime AS loadtests
COPY --from=loadtests-packages /opt/venv /opt/venv
COPY --from=loadtests-packages /app /app
EXPOSE 8089
HEALTHCHECK NONE
ENTRYPOINT ["locust"]
CMD ["--help"]
ARG VERSION
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="recommender-loadtests" \
    org.opencontainers.image.description="Shoppers for load tests" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"

FROM builder AS indexer-packages
ARG TORCH_INDEX
ARG TORCH_WHEEL
RUN python -m tools.torch_build
COPY requirements/indexer.txt .
RUN pip install --require-hashes --no-deps --no-build-isolation --requirement indexer.txt \
    && sh docker/finish.sh recommender-indexer indexer.txt
COPY adapters/ /app/adapters/
COPY command_line/ /app/command_line/
COPY indexer/ /app/indexer/
COPY purchase_files/ /app/purchase_files/
COPY --from=core /build/recommender/ /app/recommender/
RUN python -m compileall -q /app

FROM runtime AS indexer
# The image contains the text encoder's weights, so nothing is downloaded from a model hub.
ENV HF_HUB_OFFLINE=1 \
    INDEXER_SNAPSHOT_ROOT=/var/lib/recommender/snapshots \
    INDEXER_EMBEDDING_CACHE=/var/lib/recommender/embeddings
COPY --from=indexer-packages /opt/venv /opt/venv
COPY --from=indexer-packages /app /app
# A job reports failures by its exit code.
HEALTHCHECK NONE
ENTRYPOINT ["python", "-m", "indexer"]
CMD ["build"]
ARG VERSION
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="recommender-indexer" \
    org.opencontainers.image.description="Trains on products and purchases, and publishes snapshots" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"
