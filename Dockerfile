# The action's image: Python, the program, Graphviz cut down to what it draws with, kustomize and Helm.
# Runners start it as root in a workspace that is theirs: no USER, no WORKDIR (docs.github.com, "Dockerfile support").
# Debian's stable packages are not pinned, so that a rebuild brings their security updates; all else is.
# hadolint global ignore=DL3002,DL3008

# The digest is that of the index of all architectures. .ci/build-image replaces this line where no registry answers.
FROM debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f AS base

FROM base AS runtime
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 \
    && ln -s python3 /usr/bin/python \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /usr/share/doc/*/changelog* /usr/share/man

FROM runtime AS selection
COPY .ci/select-files /
RUN dpkg-query --show --showformat '${Package}\n' >/packages

# Debian's graphviz brings 65 packages, video codecs among them. `dot`, its layout, core and pango plugins and the
# libraries they are linked with are enough for png and svg, with one family of fonts.
FROM selection AS graphviz
RUN apt-get update \
    && apt-get install --yes --no-install-recommends graphviz fontconfig fonts-dejavu-core \
    && /select-files /selected /packages /usr/bin/dot /usr/bin/fc-cache \
        /usr/lib/*/graphviz/libgvplugin_core.so.[0-9] /usr/lib/*/graphviz/libgvplugin_dot_layout.so.[0-9] \
        /usr/lib/*/graphviz/libgvplugin_neato_layout.so.[0-9] /usr/lib/*/graphviz/libgvplugin_pango.so.[0-9] \
    && cp -a --parents /etc/fonts /usr/share/fontconfig /usr/share/fonts/truetype/dejavu /selected

# Go checks every module against its checksum database.
FROM base AS tools
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates golang-go
WORKDIR /build
COPY .ci/install-tools .ci/
RUN .ci/install-tools --strict --into /tools kustomize helm

# Reading and pushing are built into git's one program; HTTPS and SSH are programs beside it. Its Perl and shell parts
# stay behind.
FROM selection AS git
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git openssh-client ca-certificates \
    && /select-files /selected /packages /usr/bin/git /usr/lib/git-core/git-remote-http /usr/bin/ssh \
    && ln -s git-remote-http /selected/usr/lib/git-core/git-remote-https \
    && cp --parents /etc/ssl/certs/ca-certificates.crt /usr/share/doc/ca-certificates/copyright /selected

FROM runtime AS packages
RUN apt-get update && apt-get install --yes --no-install-recommends python3-pip
COPY requirements.txt /
RUN python -m pip install --target /packages --require-hashes --no-deps --only-binary :all: --no-compile \
    --no-cache-dir --disable-pip-version-check --root-user-action ignore -r /requirements.txt
COPY netpol_action /packages/netpol_action
# The bytecode trusts its source without a look: nothing changes inside an image.
RUN find /packages -name bin -prune -exec rm -r {} + \
    && python -m compileall -q --invalidation-mode unchecked-hash -s /packages -p /usr/local/lib/python3.13/dist-packages \
        /packages

FROM runtime
ENV LANG=C.UTF-8
COPY --from=tools /tools/kustomize /tools/helm /usr/local/bin/
COPY --from=graphviz /selected /
COPY --from=git /selected /
# The lists of libraries, of plugins and of fonts; the drawing fails where one is missing.
RUN ldconfig && dot -c && fc-cache && git --version && ldd /usr/bin/ssh /usr/lib/git-core/git-remote-https >/libraries \
    && ! grep 'not found' /libraries && rm /libraries \
    && echo 'digraph { a -> b }' >/tmp/graph && dot -Tpng -Tsvg /tmp/graph >/dev/null && rm /tmp/graph
COPY --from=packages /packages /usr/local/lib/python3.13/dist-packages
COPY entrypoint.py /app/
ENTRYPOINT ["python", "-IB", "/app/entrypoint.py"]
