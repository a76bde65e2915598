"""The server of the official SDK: tools, and articles as resources."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, unquote

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
    Tool,
    ToolAnnotations,
)
from pydantic import ValidationError

from index.errors import QAError
from index.web.addresses import is_address
from qa.mcp.arguments import MAX_NAME_CHARS, in_words
from qa.mcp.desk import Desk
from qa.mcp.schemas import input_schema, output_schema
from qa.mcp.texts import INSTRUCTIONS
from qa.mcp.tools import TOOLS
from qa.show.text import clipped, visible, visible_line

SCHEME = "article:///"
MAX_RESOURCE_CHARS = 1_000_000
"""Longer articles are read in parts, with the tool `read`."""
START_AFTER_SECONDS = 0.5
"""After the tools are listed, the models are loaded: not before, as that would delay the list."""

_Context = ServerRequestContext[dict[str, Any]]
_Paged = PaginatedRequestParams | None


def server_for(desk: Desk) -> Server[dict[str, Any]]:
    """Return a server whose clients all ask this desk. The desk is stopped by the caller."""
    handlers = _Handlers(desk)
    return Server(
        "article-qa",
        version=version("article-qa"),
        title="Article QA",
        instructions=INSTRUCTIONS,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
    )


class _Handlers:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list_tools(self, context: _Context, params: _Paged) -> ListToolsResult:
        asyncio.get_running_loop().call_later(START_AFTER_SECONDS, self._desk.start)
        return ListToolsResult(tools=tools())

    async def call_tool(self, context: _Context, params: CallToolRequestParams) -> CallToolResult:
        tool = TOOLS.get(params.name)
        if tool is None:
            named = ", ".join(TOOLS)
            raise MCPError(INVALID_PARAMS, f"No tool is named {clipped(params.name)}: {named}.")
        try:
            arguments = tool.arguments.model_validate(params.arguments or {})
            reply = await tool.call(self._desk, arguments)  # type: ignore[arg-type]  # its own
        except ValidationError as error:
            return _refused(in_words(error))
        except QAError as error:
            return _refused(error)
        structured = {
            "note": reply.note,
            "so_far": asdict(reply.so_far) if reply.so_far else None,
            "result": asdict(reply.result),
        }
        # Clients pass on the text or the structure to the model, few of them both.
        text = f"{reply.note}\n\n{reply.text}"
        return CallToolResult(content=[TextContent(text=text)], structured_content=structured)

    async def list_resources(self, context: _Context, params: _Paged) -> ListResourcesResult:
        cursor = (params.cursor if params else None) or ""
        if len(cursor) > MAX_NAME_CHARS:
            raise MCPError(INVALID_PARAMS, "This is not a cursor.")
        from qa import lookups

        try:
            listed = (await self._desk.look_up(lookups.articles((), cursor))).result
        except QAError as error:
            raise _as_protocol_error(error) from error
        resources = [
            Resource(
                uri=uri_of(row.article),
                name=visible_line(row.article),
                title=visible_line(row.title),
                mime_type="text/plain",
            )
            for row in listed.articles
        ]
        return ListResourcesResult(resources=resources, next_cursor=listed.next or None)

    async def list_templates(
        self, context: _Context, params: _Paged
    ) -> ListResourceTemplatesResult:
        template = ResourceTemplate(
            uri_template=f"{SCHEME}{{+article}}",
            name="article",
            title="An article, by its id",
            mime_type="text/plain",
        )
        return ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        self, context: _Context, params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        uri = params.uri
        if not uri.startswith(SCHEME) or len(uri) > MAX_NAME_CHARS:
            raise MCPError(INVALID_PARAMS, f"No resource has the address {clipped(uri)}.")
        from qa import lookups
        from qa.answers.extracts import Part

        id = unquote(uri.removeprefix(SCHEME))
        work = lookups.read(id, Part(), max_chars=MAX_RESOURCE_CHARS)
        try:
            found = (await self._desk.look_up(work)).result
        except QAError as error:
            raise _as_protocol_error(error) from error
        if found.next:
            length = f"{found.characters:,} characters"
            raise MCPError(INVALID_PARAMS, f"The article has {length}: use the tool `read`.")
        text = TextResourceContents(uri=uri, mime_type="text/plain", text=visible(found.text))
        return ReadResourceResult(contents=[text])


@cache
def tools() -> list[Tool]:
    """Return the tools as clients list them."""
    return [
        Tool(
            name=name,
            title=tool.title,
            description=tool.description,
            input_schema=input_schema(tool.arguments),
            output_schema=output_schema(tool.result),
            annotations=ToolAnnotations(
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )
        for name, tool in TOOLS.items()
    ]


def uri_of(id: str) -> str:
    """Return the address of the resource that an article is."""
    return SCHEME + quote(id, safe="" if is_address(id) else "/")


def _refused(error: QAError) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=_in_words(error))], is_error=True)


def _as_protocol_error(error: QAError) -> MCPError:
    return MCPError(INVALID_PARAMS, _in_words(error))


def _in_words(error: QAError) -> str:
    return visible(f"{error.message} {error.hint}".strip())
