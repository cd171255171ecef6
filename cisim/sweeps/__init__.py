"""Many runs: what an experiment file asks for, run in parallel into a results folder that survives crashes, and replayed."""
