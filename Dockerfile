# The gear's image. Build it from the repository's root: docker build -t flywheel/fw-gear-deid:VERSION .
# VERSION is manifest.json's; the Python release below and requirements/runtime.txt fix everything that is installed.
FROM python:3.11.14-slim-bookworm AS packages

COPY requirements/runtime.txt /tmp/runtime.txt
# Wheels alone: nothing is compiled, so no compiler is needed. The gear itself needs no pip.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --require-hashes --requirement /tmp/runtime.txt \
    && /opt/venv/bin/python -m pip uninstall --yes --quiet setuptools pip

FROM python:3.11.14-slim-bookworm

# Reads text in pixels (fw-deid test --ocr).
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tesseract-ocr \
    && rm -rf /var/lib/apt/lists/*

COPY --from=packages /opt/venv /opt/venv

WORKDIR /flywheel/v0
COPY manifest.json run.py ./
COPY fw_gear_deid ./fw_gear_deid
# Compiled now: the gear may not write here, and compiling at every start takes as long as a small archive.
RUN python -m compileall -q fw_gear_deid

# The platform mounts input/ and output/ here and gives them to whoever runs the gear.
RUN useradd --uid 1000 --user-group --no-create-home flywheel \
    && mkdir -p input output work \
    && chown -R flywheel:flywheel /flywheel/v0
USER flywheel

# The platform does not carry image variables over: these are for a run by hand, the manifest has its own.
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
ENTRYPOINT ["python", "/flywheel/v0/run.py"]
