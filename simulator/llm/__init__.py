"""Language models behind one port: a client for any OpenAI-compatible endpoint, and what is wrapped around it.

From the outside in: meter, cache, repair, retry, limit, time-out, client (or the scripted model); a file each, and
every wrapper is a `ChatModel` around a `ChatModel`.
"""
