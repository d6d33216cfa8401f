"""What is no test here: importing it would start a fuzzer, or bar this process from the network."""

collect_ignore = ["fuzz.py", "loopback_only"]
