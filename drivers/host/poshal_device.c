// poshal-device: the drivers of the registry as a program.
#include "drivers/registry.h"

int main(int argc, char **argv)
{
	return ph_driver_main(argc, argv, ph_drivers);
}
