/* A library that does nothing, to be preloaded: what the loader itself takes for one more. */
const char path_empty[] = "nothing";
