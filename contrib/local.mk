# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `make install` installs beside the program and the manual pages.

dist_doc_DATA = README COPYING contrib/bpfmapfs.conf

bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
bashcompletion_DATA = contrib/completion/bpfmapfs
dist_zshcompletion_DATA = contrib/completion/_bpfmapfs
dist_fishcompletion_DATA = contrib/completion/bpfmapfs.fish

# bash finds a completion by the name of the command.
contrib/completion/bpfmapfs: $(top_srcdir)/contrib/completion/bpfmapfs.bash
	$(AM_V_GEN)$(MKDIR_P) contrib/completion && cp $< $@

systemdsystemunit_DATA = contrib/systemd/bpfmapfs.service

contrib/systemd/%.service: $(top_srcdir)/contrib/systemd/%.service.in
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && sed 's|@bindir[@]|$(bindir)|' $< >$@

recipesdir = $(docdir)/recipes
dist_recipes_SCRIPTS = \
	contrib/recipes/block-list \
	contrib/recipes/etcd-block-list \
	contrib/recipes/exact-counters \
	contrib/recipes/flag-while \
	contrib/recipes/fleet \
	contrib/recipes/largest \
	contrib/recipes/nearly-full \
	contrib/recipes/one-group \
	contrib/recipes/orphans \
	contrib/recipes/reload \
	contrib/recipes/swap-list \
	contrib/recipes/to-csv \
	contrib/recipes/to-sqlite \
	contrib/recipes/top \
	contrib/recipes/who-uses

# `mount -t bpfmapfs` executes /sbin/mount.bpfmapfs.
install-exec-hook:
	$(MKDIR_P) $(DESTDIR)$(sbindir)
	$(LN_S) -f $(bindir)/bpfmapfs $(DESTDIR)$(sbindir)/mount.bpfmapfs
uninstall-hook:
	rm -f $(DESTDIR)$(sbindir)/mount.bpfmapfs

CLEANFILES += \
	contrib/systemd/bpfmapfs.service \
	contrib/completion/bpfmapfs
EXTRA_DIST += \
	contrib/alpine/APKBUILD \
	contrib/arch/PKGBUILD \
	contrib/container/Containerfile \
	contrib/kubernetes/bpfmapfs.yaml \
	contrib/rpm/bpfmapfs.spec \
	contrib/views/README \
	contrib/views/bpftrace.conf \
	contrib/views/systemd.conf \
	contrib/views/xdp-filter.conf \
	contrib/completion/bpfmapfs.bash \
	contrib/check-package \
	contrib/debian/bpfmapfs.lintian-overrides \
	contrib/debian/changelog \
	contrib/debian/control \
	contrib/debian/copyright \
	contrib/debian/rules \
	contrib/debian/source/format \
	contrib/debian/tests/control \
	contrib/debian/tests/memory-session \
	contrib/systemd/bpfmapfs.service.in
