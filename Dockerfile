# Peregrine as a container. BASE: any Debian image with Node 20.19 or later and npm.
ARG BASE=docker.io/library/node:20-bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY protocol protocol
COPY rib rib
COPY src src
RUN npx tsc -b src && npm prune --omit=dev --no-audit --no-fund

FROM ${BASE}
WORKDIR /opt/peregrine
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist/protocol dist/protocol
COPY --from=build /src/dist/rib dist/rib
COPY --from=build /src/dist/src dist/src
COPY examples examples
RUN ln -s /opt/peregrine/dist/src/main.js /usr/local/bin/peregrine \
  && chmod 0755 dist/src/main.js \
  && mkdir -p /etc/peregrine/resources /run/peregrine /var/lib/peregrine
# Root in the container, with only the capabilities the container is given: ambient ones are not to be had for another user.
# Without programming the kernel, any user does: --user 65534 … run --kernel off --port 1790 --state /tmp --control /tmp/c.sock
VOLUME /var/lib/peregrine
EXPOSE 179
# A container is stopped to be replaced: peers keep our routes meanwhile. SIGTERM withdraws them.
STOPSIGNAL SIGQUIT
ENTRYPOINT ["peregrine"]
CMD ["run"]
