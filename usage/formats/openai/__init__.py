"""OpenAI's usage objects, which most other providers' interfaces and servers of open models give back too."""

from usage.formats.openai.adapter import normalise
from usage.formats.openai.payload import Response, Usage
from usage.formats.protocol import UsageAdapter

ADAPTER = UsageAdapter(
    name="openai",
    providers=(
        *("openai", "azure", "openrouter", "deepseek", "groq", "x-ai", "together", "fireworks", "cerebras"),
        *("perplexity", "moonshotai", "novita", "databricks", "baseten", "zai", "zhipuai", "meta", "minimax"),
        *("github-copilot", "cloudflare", "ovhcloud", "vllm", "ollama", "sglang", "lm_studio", "litellm"),
        # Their interfaces for OpenAI's clients.
        *("anthropic", "google"),
    ),
    response=Response,
    usage=Usage,
    holder="usage",
    normalise=normalise,
)
