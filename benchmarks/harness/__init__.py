"""Parts of several benchmarks: database servers, a stopwatch and the style of pictures."""
