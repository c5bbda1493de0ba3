"""The EnOS platform: signing, tokens, the read-only client, discovery."""
