import type { IAuthenticate, ICredentialTestRequest, ICredentialType, Icon, INodeProperties } from 'n8n-workflow';

export class BellhopApi implements ICredentialType {
  name = 'bellhopApi';

  displayName = 'Bellhop API';

  icon: Icon = { light: 'file:../icons/bellhop.svg', dark: 'file:../icons/bellhop.dark.svg' };

  documentationUrl = 'https://bellhop.example.com/guides/connect-n8n';

  properties: INodeProperties[] = [
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      default: '',
      placeholder: 'https://bellhop.example.com',
      description: 'The address of the Bellhop server',
      required: true,
    },
    {
      displayName: 'API Key',
      name: 'apiKey',
      type: 'string',
      typeOptions: { password: true },
      default: '',
      placeholder: 'sk_live_…',
      description: 'With the scopes webhooks:read and webhooks:write; to publish events also events:write',
      required: true,
    },
  ];

  /** Not an expression: n8n evaluates those only during a call of the node, and a request for a sample outlives its call. */
  authenticate: IAuthenticate = async ({ apiKey }, request) => ({
    ...request,
    headers: { ...request.headers, Authorization: `Bearer ${String(apiKey).trim()}` },
  });

  test: ICredentialTestRequest = {
    request: {
      baseURL: '={{$credentials.baseUrl.trim().replace(/\\/+$/, "")}}',
      url: '/v1/me',
      json: true,
    },
    rules: [
      {
        type: 'responseCode',
        properties: { value: 401, message: 'The server does not know this API key. Copy the whole key again.' },
      },
      {
        type: 'responseCode',
        properties: { value: 404, message: 'There is no Bellhop server at this address. Check the Base URL.' },
      },
      // Any web page answers 200, but only a Bellhop server has a `server.name`. The rule fails if the key has the value.
      {
        type: 'responseSuccessBody',
        properties: {
          key: 'server.name',
          value: undefined,
          message: 'There is no Bellhop server at this address. Check the Base URL.',
        },
      },
    ] as NonNullable<ICredentialTestRequest['rules']>,
  };
}
