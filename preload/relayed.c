#include "preload/relayed.h"

__thread uint64_t relayed[1 << RELAYED_BITS];
