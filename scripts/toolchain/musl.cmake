# Programs of musl, by its wrapper around the native compiler. The kernel's headers, and libconfig's, are the native ones.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER musl-gcc)
set(CMAKE_C_FLAGS_INIT "-idirafter /usr/include/x86_64-linux-gnu -idirafter /usr/include")
set(CMAKE_LIBRARY_ARCHITECTURE x86_64-linux-musl)
