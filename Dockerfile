# syntax=docker/dockerfile:1
#   docker build -t expense-gateway .                          reads a ClickHouse server (CLICKHOUSE_URL)
#   docker build -t expense-gateway --build-arg EMBEDDED=1 .   has ClickHouse in the process as well
ARG NODE=20.20-bookworm-slim

FROM node:${NODE} AS npm
# The npm that Node 20 brings would leave TypeScript in the image.
RUN npm install --global npm@11.19.1
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

FROM npm AS build
RUN npm ci --no-progress
COPY tsconfig.json schema.graphql ./
COPY prisma prisma
COPY src src
RUN npm run build

FROM npm AS dependencies
ARG EMBEDDED=0
# Prisma's client names its command line and TypeScript as optional peers, for which --omit=dev alone would keep both;
# --omit=optional would take the compiled parts of SQLite and Snappy as well. So what is not wanted leaves the lock file.
RUN npm uninstall --package-lock-only prisma typescript \
  && if [ "$EMBEDDED" != 1 ]; then npm uninstall --package-lock-only chdb; fi \
  && npm ci --no-progress --omit=dev

FROM node:${NODE}
# Imports unpack files in TMPDIR, and /tmp may be read-only.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data TMPDIR=/data
WORKDIR /app
COPY --from=dependencies /app/package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY prisma/migrations prisma/migrations
# What root owns, the gateway cannot write: DATA_DIR is all that it can, so the root file system may be read-only.
RUN chmod 0755 dist/main.js \
  && ln -s /app/dist/main.js /usr/local/bin/expense-gateway \
  && install -d -o 1000 -g 1000 -m 0770 /data
USER 1000:1000
VOLUME ["/data"]
EXPOSE 8080
# Whether the stores answer is what /readyz tells: a container that waits for them need not be restarted.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# In exec form, so that SIGTERM reaches the gateway, which then finishes the requests that run.
ENTRYPOINT ["expense-gateway"]
CMD ["serve"]
