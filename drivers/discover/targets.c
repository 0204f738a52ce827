// Which addresses are asked: those of the subnets this machine is in, and never others.
#include "drivers/discover/discover.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>

static const struct {
	uint32_t network, mask;
} private_ranges[] = {
	{0x0a000000, 0xff000000},
	{0xac100000, 0xfff00000},
	{0xc0a80000, 0xffff0000},
	{0xa9fe0000, 0xffff0000},
};

bool ph_address_is_private(struct in_addr address)
{
	uint32_t host = ntohl(address.s_addr);

	for (size_t i = 0; i < sizeof private_ranges / sizeof private_ranges[0]; i++)
		if ((host & private_ranges[i].mask) == private_ranges[i].network)
			return true;
	return false;
}

void ph_targets_add(struct ph_targets *targets, struct in_addr address)
{
	for (unsigned i = 0; i < targets->len; i++)
		if (targets->items[i].s_addr == address.s_addr)
			return;
	if (targets->len < PH_TARGETS_MAX)
		targets->items[targets->len++] = address;
}

static bool is_local_network(const struct ifaddrs *entry)
{
	const unsigned wanted = IFF_UP | IFF_RUNNING;

	if (!entry->ifa_addr || !entry->ifa_netmask || entry->ifa_addr->sa_family != AF_INET ||
		(entry->ifa_flags & wanted) != wanted ||
		(entry->ifa_flags & (IFF_LOOPBACK | IFF_POINTOPOINT)))
		return false;
	return ph_address_is_private(
		((const struct sockaddr_in *)(const void *)entry->ifa_addr)->sin_addr);
}

/* All of a subnet but itself, its first and its last address; of a larger one the 254 around the own address. */
static void add_subnet(struct ph_targets *targets, uint32_t own, uint32_t mask)
{
	if (mask < 0xffffff00)
		mask = 0xffffff00;
	uint32_t first = own & mask, last = first | ~mask;

	for (uint32_t host = first + 1; host < last; host++)
		if (host != own)
			ph_targets_add(targets, (struct in_addr){htonl(host)});
}

int ph_targets_local(struct ph_targets *targets)
{
	struct ifaddrs *list;

	if (getifaddrs(&list) < 0)
		return -errno;
	for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
		if (targets->interface_count == PH_INTERFACES_MAX || !is_local_network(entry))
			continue;
		const struct sockaddr_in *own = (const void *)entry->ifa_addr;
		const struct sockaddr_in *mask = (const void *)entry->ifa_netmask;
		targets->interfaces[targets->interface_count++] = own->sin_addr;
		add_subnet(targets, ntohl(own->sin_addr.s_addr), ntohl(mask->sin_addr.s_addr));
	}
	freeifaddrs(list);
	return 0;
}
