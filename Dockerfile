# One image for web, worker and clock; compose.yaml shows them together.
FROM python:3.11-slim-bookworm

RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
        fonts-inter fonts-noto-core fonts-droid-fallback fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

COPY . .
RUN python -m config.translations
ENV HOST=0.0.0.0 PORT=8000 VAR_DIR=/data PYTHONUNBUFFERED=1
RUN useradd --system --uid 1000 ledger && install -d -o ledger /data
USER ledger
RUN SECRET_KEY=unused-here COMPRESS_STATIC=on python manage.py collectstatic --noinput --verbosity 0
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "-c", "python:config.gunicorn"]
