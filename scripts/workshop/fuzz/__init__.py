"""Whatever reads bytes of others gets garbage, guided by what it makes the code do (atheris, libFuzzer).

`targets` says what is fed and what must hold; it knows no fuzzer. `seeds` says where the garbage begins.
"""
