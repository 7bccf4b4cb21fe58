#!/bin/sh
# Installs what the build needs beside Rust: a C++ compiler and cmake, for the sources of whisper.cpp and libopus.
set -eu

missing=""
command -v c++ >/dev/null 2>&1 || command -v g++ >/dev/null 2>&1 || missing="$missing g++"
command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || missing="$missing gcc"
command -v cmake >/dev/null 2>&1 || missing="$missing cmake"
[ -n "$missing" ] || exit 0

if command -v apt-get >/dev/null 2>&1; then
    sudo=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || {
            echo "missing:$missing. Ask an administrator to run: apt-get install$missing" >&2
            exit 1
        }
        sudo="sudo"
    fi
    echo "installing$missing with apt-get (to compile whisper.cpp and libopus)"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq $missing >/dev/null
    exit 0
fi

echo "missing:$missing. Install it by hand and run make again:" >&2
echo "  macOS:   xcode-select --install; brew install cmake" >&2
echo "  Fedora:  sudo dnf install gcc gcc-c++ cmake" >&2
echo "  Arch:    sudo pacman -S base-devel cmake" >&2
exit 1
