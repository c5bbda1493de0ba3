"""EnOS platform: authentication, read-only client, discovery."""
