/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The next version of the packet filter: the value of flows has an additional member. */
#define GROWN
#include "firewall.bpf.c"
